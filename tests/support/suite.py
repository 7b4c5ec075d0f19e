"""The end of a test program: runs its tests and says how many passed."""
import sys
import traceback


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
