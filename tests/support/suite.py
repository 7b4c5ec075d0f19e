"""What test programs share: a comparison that shows both sides, and the end:
runs the tests (those with $MV_TEST_ONLY in their name) and says how many
passed."""
import os
import sys
import traceback


def same(got, want):
    assert got == want, "got %r, wanted %r" % (got, want)


def run(tests, *args):
    """Closes with 'N passed, N failed'; the exit status."""
    failed = 0
    word = os.environ.get("MV_TEST_ONLY", "")
    tests = [t for t in tests if word in t.__name__]
    for test in tests:
        try:
            test(*args)
        except Exception:  # a test's failure, whatever it was
            failed += 1
            print("FAIL %s" % test.__name__)
            traceback.print_exc(file=sys.stdout)
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    return 1 if failed else 0
