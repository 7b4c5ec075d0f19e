# Sources of src/base/json/.
libmockvault_a_SOURCES += \
	src/base/json/json_text.c \
	src/base/json/json_text.h \
	src/base/json/json_text_parts.c \
	src/base/json/json_tree.c \
	src/base/json/json_tree.h \
	src/base/json/schema.c \
	src/base/json/schema.h
