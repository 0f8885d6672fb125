/* endian: the doubleword that stores write; its lower half and quarter for the smaller ones. For C and assembly. */
#pragma once

#define STORED 0x0123456789abcdef
