length = 2
rule "charset" { charset = "a" min-chars = 5 }