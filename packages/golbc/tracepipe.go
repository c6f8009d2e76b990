package golbc

import (
	"bufio"
	"context"
	"errors"
	"iter"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// tracePipes are where tracefs and debugfs are mounted by convention.
var tracePipes = []string{"/sys/kernel/tracing/trace_pipe", "/sys/kernel/debug/tracing/trace_pipe"}

// TracePipe gives the lines that programs print with bpf_printk, until the context ends. The pipe is one for the whole
// machine: it has the lines of all programs, and each line goes to one reader only.
func TracePipe(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pipe, err := openTracePipe()
		if err != nil {
			yield("", fail(NotSupported, "open", "trace_pipe", err))
			return
		}
		defer pipe.Close()
		stop := context.AfterFunc(ctx, func() { _ = pipe.SetReadDeadline(time.Now()) })
		defer stop()
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			if !yield(lines.Text(), nil) {
				return
			}
		}
		if err := lines.Err(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			yield("", fail(NotSupported, "read", "trace_pipe", err))
		}
	}
}

// openTracePipe does not block, so that a wait for lines can be ended.
func openTracePipe() (*os.File, error) {
	var errs []error
	for _, path := range tracePipes {
		pipe, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
		if err == nil {
			return pipe, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}
