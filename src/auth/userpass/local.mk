# Sources of src/auth/userpass/.
libmockvault_a_SOURCES += \
	src/auth/userpass/userpass.c
