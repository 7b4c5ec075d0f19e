length = "x"
rule = 7