package golbc

import (
	"io"
	"sync"

	"github.com/cilium/ebpf/link"
)

// Link is an attached program. It stays attached until Close, or until its object is closed.
type Link struct {
	raw  io.Closer
	name string
	once sync.Once
	err  error
}

// Link is the layer below, for pinning, updates and information; nil for sockets and descriptors, where the kernel has no link.
func (l *Link) Link() link.Link {
	raw, _ := l.raw.(link.Link)
	return raw
}

// Close detaches; the second time it does nothing.
func (l *Link) Close() error {
	l.once.Do(func() {
		if err := l.raw.Close(); err != nil {
			l.err = fail(AttachRefused, "detach", l.name, err)
		}
	})
	return l.err
}

// keep hands a link to the object, which closes it at its own end.
func (o *Object) keep(raw io.Closer, name string) *Link {
	l := &Link{raw: raw, name: name}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.links = append(o.links, l)
	return l
}

// detacher is an attachment for which the kernel has no link.
type detacher func() error

func (d detacher) Close() error { return d() }
