# Sources of src/secrets/database/.
libmockvault_a_SOURCES += \
	src/secrets/database/username_functions.c \
	src/secrets/database/username_functions.h \
	src/secrets/database/username_template.c \
	src/secrets/database/username_template.h
