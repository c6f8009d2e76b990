package golbc

import (
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/cilium/ebpf/link"
)

// Link is an attached program. It stays attached until Close, or until its object is closed.
type Link struct {
	raw    io.Closer
	name   string
	object *Object
	owner  *attachable
	once   sync.Once
	err    error
}

// Link is the layer below, for pinning, updates and information; nil for sockets and descriptors, where the kernel has no link.
func (l *Link) Link() link.Link {
	raw, _ := l.raw.(link.Link)
	return raw
}

// Close detaches; the second time it does nothing.
func (l *Link) Close() error {
	l.once.Do(func() {
		l.object.forget(l)
		if err := l.raw.Close(); err != nil {
			l.err = fail(AttachRefused, "detach", l.name, err)
		}
	})
	return l.err
}

// attachable is a program or a struct_ops map: what links are made of.
type attachable struct {
	object *Object
	name   string
}

// Links are those that are not closed, the oldest first: what [Object.Attach] made, and what AttachKprobe and its like did.
func (a *attachable) Links() []*Link {
	a.object.mu.Lock()
	defer a.object.mu.Unlock()
	var own []*Link
	for _, l := range a.object.links {
		if l.owner == a {
			own = append(own, l)
		}
	}
	return own
}

// link attaches, and hands the link to the object, which closes it at its own end. Readers of perf event arrays are opened
// first: such a map drops what is sent before. The hook may need a version of Linux.
func (a *attachable) link(attach func() (io.Closer, error), hook need) (*Link, error) {
	for _, open := range a.object.prepare {
		if err := open(); err != nil {
			return nil, err
		}
	}
	raw, err := attach()
	if err != nil {
		return nil, fail(AttachRefused, "attach", a.name, err).explain([]need{hook})
	}
	l := &Link{raw: raw, name: a.name, object: a.object, owner: a}
	if !a.object.remember(l) { // closed meanwhile: nobody else would close the link
		return nil, errors.Join(a.object.closedError("attach", a.name), l.Close())
	}
	return l, nil
}

func (o *Object) remember(l *Link) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.links = append(o.links, l)
	}
	return !o.closed
}

func (o *Object) forget(l *Link) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.links = slices.DeleteFunc(o.links, func(other *Link) bool { return other == l })
}

// detacher is an attachment for which the kernel has no link.
type detacher func() error

func (d detacher) Close() error { return d() }
