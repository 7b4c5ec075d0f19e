length = 20
rule "charset" {
  charset = "abcdefgh"
  min-chars = 1
}
rule "charset" {
  charset = "0123456789"
  min-chars = 2
}
rule "charset" { charset = "ä€😀" }
