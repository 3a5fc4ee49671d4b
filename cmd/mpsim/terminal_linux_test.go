package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// On a terminal no line of a table is longer than the terminal is wide.
func TestTablesFitTheTerminal(t *testing.T) {
	const width = 60
	for _, words := range []string{"reproduce --list", "list metrics", "run two-path --quick --quiet"} {
		term := start(t, width, strings.Fields(words+out(t, words))...)
		term.readAll()
		for _, line := range term.lines() {
			if n := utf8.RuneCountInString(line); n > width && !strings.Contains(line, ": wrote ") {
				t.Errorf("mpsim %s: %d columns: %q", words, n, line)
			}
		}
		if len(term.lines()) < 5 {
			t.Errorf("mpsim %s: %q", words, term.got.String())
		}
		if bytes.Contains(term.got.Bytes(), []byte("\x1b[")) {
			t.Errorf("mpsim %s: colours, or other orders to a terminal, and NO_COLOR is not asked: %q", words, term.got.String())
		}
		if err := term.command.Wait(); err != nil {
			t.Errorf("mpsim %s: %v", words, err)
		}
	}
}

// out has the result of a run in a directory of the test.
func out(t *testing.T, words string) string {
	if !strings.HasPrefix(words, "run ") {
		return ""
	}
	return " --out " + t.TempDir() + "/result"
}

// Ctrl-C leaves a message on the screen, and nothing of the bar, nor of the ^C that the terminal shows behind it.
func TestInterruptLeavesNoBar(t *testing.T) {
	term := start(t, 80, "run", "two-path", "--set", "duration=1000000s", "--set", "figure=[]", "--out", t.TempDir()+"/result")
	for !strings.Contains(term.got.String(), " %") && term.read() {
	}
	if _, err := term.master.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	term.readAll()
	if err := term.command.Wait(); err == nil || term.command.ProcessState.ExitCode() != exitInterrupted {
		t.Errorf("exit code %d (%v), want %d", term.command.ProcessState.ExitCode(), err, exitInterrupted)
	}
	if !strings.Contains(term.got.String(), "^C") {
		t.Errorf("the terminal has shown no ^C: %q", term.got.String())
	}
	if got, want := strings.Join(term.lines(), "\n"), "mpsim: interrupted; nothing was written"; got != want {
		t.Errorf("on the screen:\n%s\nwant:\n%s", got, want)
	}
}

// A terminal is a pseudo terminal in which mpsim runs (pty(7)).
type terminal struct {
	master  *os.File
	command *exec.Cmd
	got     bytes.Buffer
}

// start runs mpsim in a terminal.
func start(t *testing.T, width uint16, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: width})
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Args = append([]string{"mpsim"}, args...) // the name that TestMain knows
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return &terminal{master: master, command: c}
}

// read reads something, and returns false at the end.
func (t *terminal) read() bool {
	b := make([]byte, 4096)
	n, err := t.master.Read(b)
	t.got.Write(b[:n])
	return err == nil
}

func (t *terminal) readAll() {
	for t.read() {
	}
}

// lines returns what stands on the screen at the end, without empty lines.
func (t *terminal) lines() (list []string) {
	for line := range strings.SplitSeq(t.got.String(), "\n") {
		var shown []rune
		at := 0
		for line != "" {
			if rest, ok := strings.CutPrefix(line, eraseLine[1:]); ok {
				line, shown = rest, []rune(strings.Repeat(" ", at))
				continue
			}
			r, n := utf8.DecodeRuneInString(line)
			line = line[n:]
			switch {
			case r == '\r':
				at = 0
				continue
			case at < len(shown):
				shown[at] = r
			default:
				shown = append(shown, r)
			}
			at++
		}
		if text := strings.TrimRight(string(shown), " "); text != "" {
			list = append(list, text)
		}
	}
	return list
}
