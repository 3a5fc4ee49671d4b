package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"strings"
)

// A fault is one small change of a file: the text from start to end is replaced.
type fault struct {
	pkg        string // import path below the module
	file       string // path below the module
	line       int
	start, end int // offsets
	text       string
	what       string // the change, for people
}

func (f fault) String() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.what) }

// plant returns src with the fault in it.
func (f fault) plant(src []byte) []byte {
	out := append([]byte(nil), src[:f.start]...)
	out = append(out, f.text...)
	return append(out, src[f.end:]...)
}

// faults lists all faults that can be planted in a file, in the order of the text.
func faults(pkg, file string, src []byte) ([]fault, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	p := planter{pkg: pkg, file: file, src: src, fset: fset}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && isForPeople(fn) {
			continue
		}
		ast.Inspect(d, p.visit)
	}
	return p.found, nil
}

// isForPeople reports functions whose faults are faults of a text.
func isForPeople(fn *ast.FuncDecl) bool {
	return fn.Recv != nil && (fn.Name.Name == "String" || fn.Name.Name == "Error")
}

// planter collects the faults of a file.
type planter struct {
	pkg, file string
	src       []byte
	fset      *token.FileSet
	found     []fault
}

// visit plants what the node allows, and reports whether to look into it.
func (p *planter) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok != token.IMPORT
	case *ast.Field: // names, types and tags: nothing that runs
		return false
	case *ast.ArrayType:
		return false
	case *ast.CallExpr:
		return p.call(n)
	case *ast.BasicLit:
		p.constant(n)
	case *ast.Ident:
		p.swap(n, map[string]string{"true": "false", "false": "true"}[n.Name])
	case *ast.BinaryExpr:
		p.swapToken(n.OpPos, n.Op, operators[n.Op])
		if n.Op == token.EQL || n.Op == token.NEQ {
			break
		}
		if to, ok := negations[n.Op]; ok {
			p.swapToken(n.OpPos, n.Op, to)
		}
	case *ast.IfStmt:
		p.negate(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			p.negate(n.Cond)
		}
	case *ast.BlockStmt:
		p.remove(n.List)
	case *ast.CaseClause:
		p.remove(n.Body)
	case *ast.SwitchStmt:
		p.exchange(n.Body.List)
	case *ast.IncDecStmt:
		p.swapToken(n.TokPos, n.Tok, operators[n.Tok])
	case *ast.AssignStmt:
		if to, ok := operators[n.Tok]; ok {
			p.swapToken(n.TokPos, n.Tok, to)
		}
	}
	return true
}

// operators lists what takes the place of an operator: a boundary moves by one, a sign
// turns, a conjunction becomes a disjunction.
var operators = map[token.Token]token.Token{
	token.LSS: token.LEQ, token.LEQ: token.LSS,
	token.GTR: token.GEQ, token.GEQ: token.GTR,
	token.EQL: token.NEQ, token.NEQ: token.EQL,
	token.ADD: token.SUB, token.SUB: token.ADD,
	token.MUL: token.QUO, token.QUO: token.MUL,
	token.SHL: token.SHR, token.SHR: token.SHL,
	token.LAND: token.LOR, token.LOR: token.LAND,
	token.INC: token.DEC, token.DEC: token.INC,
	token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
	token.MUL_ASSIGN: token.QUO_ASSIGN, token.QUO_ASSIGN: token.MUL_ASSIGN,
	token.OR_ASSIGN: token.AND_ASSIGN, token.AND_ASSIGN: token.OR_ASSIGN,
}

// negations lists comparisons the other way.
var negations = map[token.Token]token.Token{
	token.LSS: token.GEQ, token.LEQ: token.GTR, token.GTR: token.LEQ, token.GEQ: token.LSS,
}

// call looks at a call, and reports whether to look into it: messages are for people,
// and the capacity of a slice is nothing that a test should see.
func (p *planter) call(c *ast.CallExpr) bool {
	switch p.textOf(c.Fun) {
	case "min":
		p.swap(c.Fun, "max")
	case "max":
		p.swap(c.Fun, "min")
	case "panic", "fmt.Errorf", "fmt.Sprintf", "fmt.Sprint", "errors.New":
		return false
	case "make":
		if len(c.Args) == 3 {
			ast.Inspect(c.Args[1], p.visit)
			return false
		}
	}
	return true
}

// constant plants n±1, 2n and 0 for a number n, and half of it if it has a fraction.
func (p *planter) constant(l *ast.BasicLit) {
	switch l.Kind {
	case token.INT:
		n, ok := new(big.Int).SetString(l.Value, 0)
		if !ok {
			return
		}
		one := big.NewInt(1)
		p.swap(l, new(big.Int).Add(n, one).String())
		if n.Sign() > 0 {
			p.swap(l, new(big.Int).Sub(n, one).String())
		}
		if n.Cmp(one) > 0 {
			p.swap(l, new(big.Int).Lsh(n, 1).String())
			p.swap(l, "0")
		}
	case token.FLOAT:
		p.swap(l, "(2*"+l.Value+")")
		p.swap(l, "("+l.Value+"/2)")
	}
}

// negate plants the opposite of a condition, if no other fault is that.
func (p *planter) negate(cond ast.Expr) {
	switch c := ast.Unparen(cond).(type) {
	case *ast.BinaryExpr:
		if c.Op != token.LAND && c.Op != token.LOR {
			return
		}
	case *ast.UnaryExpr:
		if c.Op == token.NOT {
			p.swap(c, p.textOf(c.X))
			return
		}
	}
	p.replace(cond, "!("+p.textOf(cond)+")", "the condition "+p.short(cond)+" negated")
}

// remove plants the lack of each statement that does something.
func (p *planter) remove(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if c, ok := s.X.(*ast.CallExpr); ok && p.textOf(c.Fun) == "panic" {
				continue
			}
		case *ast.IncDecStmt, *ast.DeferStmt:
		case *ast.AssignStmt:
			if s.Tok == token.DEFINE {
				continue
			}
		case *ast.BranchStmt:
			if s.Label != nil || s.Tok == token.FALLTHROUGH {
				continue
			}
		default:
			continue
		}
		p.replace(s, "", "without "+p.short(s))
	}
}

// exchange plants the bodies of neighbours among the cases of a switch, the one in
// place of the other.
func (p *planter) exchange(list []ast.Stmt) {
	for i := 1; i < len(list); i++ {
		a, b := list[i-1].(*ast.CaseClause), list[i].(*ast.CaseClause)
		if len(a.Body) == 0 || len(b.Body) == 0 {
			continue
		}
		first, second := p.span(a.Body), p.span(b.Body)
		text := string(p.src[second.start:second.end]) + string(p.src[first.end:second.start]) + string(p.src[first.start:first.end])
		p.add(a.Body[0].Pos(), span{first.start, second.end}, text, "the bodies of this case and the next exchanged")
	}
}

type span struct{ start, end int }

func (p *planter) span(list []ast.Stmt) span {
	return span{p.offset(list[0].Pos()), p.offset(list[len(list)-1].End())}
}

// swap plants text in place of a node; empty text plants nothing.
func (p *planter) swap(n ast.Node, text string) {
	if text != "" {
		p.replace(n, text, p.short(n)+" → "+text)
	}
}

// swapToken plants one operator in place of another; an illegal one plants nothing.
func (p *planter) swapToken(at token.Pos, from, to token.Token) {
	if to == token.ILLEGAL {
		return
	}
	start := p.offset(at)
	p.add(at, span{start, start + len(from.String())}, to.String(), fmt.Sprintf("%s → %s in %s", from, to, p.lineAt(start)))
}

func (p *planter) replace(n ast.Node, text, what string) {
	p.add(n.Pos(), span{p.offset(n.Pos()), p.offset(n.End())}, text, what)
}

func (p *planter) add(at token.Pos, s span, text, what string) {
	p.found = append(p.found, fault{
		pkg: p.pkg, file: p.file, line: p.fset.Position(at).Line,
		start: s.start, end: s.end, text: text, what: what,
	})
}

func (p *planter) offset(at token.Pos) int { return p.fset.Position(at).Offset }

func (p *planter) textOf(n ast.Node) string {
	return string(p.src[p.offset(n.Pos()):p.offset(n.End())])
}

// short is the text of a node on one line that is not long.
func (p *planter) short(n ast.Node) string { return clip(p.textOf(n)) }

// lineAt is the line of the text with the given offset.
func (p *planter) lineAt(offset int) string {
	from := strings.LastIndexByte(string(p.src[:offset]), '\n') + 1
	line, _, _ := strings.Cut(string(p.src[from:]), "\n")
	return clip(line)
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 70 {
		s = string(r[:70]) + "…"
	}
	return s
}
