# Unit tests of the vault command.
UNIT_TESTS += tests/unit/cli/address_test
UNIT_TESTS += tests/unit/cli/goflag_test
UNIT_TESTS += tests/unit/cli/gotext_test
UNIT_TESTS += tests/unit/cli/hcl_format_test
UNIT_TESTS += tests/unit/cli/kvargs_test
UNIT_TESTS += tests/unit/cli/printer_test
UNIT_TESTS += tests/unit/cli/secret_test
UNIT_TESTS += tests/unit/cli/transport_test
