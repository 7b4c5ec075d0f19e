# Tests. A unit test is tests/unit/NAME_test.c with a line in UNIT_TESTS and its
# sources; everything links against the whole library.
