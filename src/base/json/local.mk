# Sources of src/base/json/.
libmockvault_a_SOURCES += \
	src/base/json/jsontext.c \
	src/base/json/jsontext.h \
	src/base/json/jsontext_parts.c \
	src/base/json/jsontext_tree.c \
	src/base/json/jsontree.c \
	src/base/json/jsontree.h \
	src/base/json/schema.c \
	src/base/json/schema.h \
	src/base/json/weak_decode.c \
	src/base/json/weak_decode.h
