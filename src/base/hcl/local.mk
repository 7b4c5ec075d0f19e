# Sources of src/base/hcl/.
libmockvault_a_SOURCES += \
	src/base/hcl/hcl.c \
	src/base/hcl/hcl.h \
	src/base/hcl/hcl_duplicates.c \
	src/base/hcl/hcl_flatten.c \
	src/base/hcl/hcl_scan.c \
	src/base/hcl/hcl_scan.h
