#ifndef QUORATE_CBZIP2_SHIM_H
#define QUORATE_CBZIP2_SHIM_H

#include <bzlib.h>

#endif
