length = 12
rule "charset" { charset = "abc" }