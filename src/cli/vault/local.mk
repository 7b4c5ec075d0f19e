# Sources of src/cli/vault/.
libmockvault_a_SOURCES += \
	src/cli/vault/command.h \
	src/cli/vault/help.c \
	src/cli/vault/help.h \
	src/cli/vault/vault.c \
	src/cli/vault/vault.h \
	src/cli/vault/vrun.c

# The program under the name of the genuine command.
vault: mockvault$(EXEEXT)
	$(AM_V_GEN)rm -f $@ && ln -s mockvault$(EXEEXT) $@
ALL_LOCAL += vault
CLEANFILES += vault

# The command's manual page is what its tables say.
man1_MANS += vault.1
vault.1: mockvault$(EXEEXT)
	$(AM_V_GEN)./mockvault$(EXEEXT) man vault >$@.new && mv $@.new $@
CLEANFILES += vault.1
