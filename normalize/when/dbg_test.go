package when
import ("testing";"fmt";"os";"strings")
func TestDbg(t *testing.T){
 s:=os.Getenv("S"); if s=="" {return}
 p:=parser{text:s,lang:os.Getenv("L")}
 p.toks=scan(s,nil)
 for _,k:=range p.toks{fmt.Printf("[%s %b d%d n%d] ",s[k.lo:k.hi],k.kind,k.digits,k.num)}
 fmt.Println()
 p.clocks()
 for _,k:=range p.toks{fmt.Printf("[%s %v] ",s[k.lo:k.hi],k.clock)}
 fmt.Println()
 fmt.Printf("%+v\n",Read(s,Options{Reference:on("2025-01-01"),Language:p.lang}))
}
func TestBatch(t *testing.T){
 raw,err:=os.ReadFile(os.Getenv("B")); if err!=nil {return}
 for _,l:=range strings.Split(string(raw),"\n"){
  lang,text,_:=strings.Cut(l,"|")
  r:=Read(text,Options{Reference:on("2025-01-01"),Language:lang})
  fmt.Printf("%-12s %-12s %-26s %v | %s\n",r.Start,r.End,r.Deadline,r.Rolling,text)
 }
}
