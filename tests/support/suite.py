"""What test programs share: a comparison that shows both sides, and the end:
runs the tests and says how many passed."""
import sys
import traceback


def same(got, want):
    assert got == want, "got %r, wanted %r" % (got, want)


def run(tests, *args):
    """Closes with 'N passed, N failed'; the exit status."""
    failed = 0
    for test in tests:
        try:
            test(*args)
        except Exception:  # a test's failure, whatever it was
            failed += 1
            print("FAIL %s" % test.__name__)
            traceback.print_exc(file=sys.stdout)
    print("%d passed, %d failed" % (len(tests) - failed, failed))
    return 1 if failed else 0
