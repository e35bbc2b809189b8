/* Whole numbers of 128 bits, which gcc and clang have and ISO C has not: sums and products of
 * 64-bit numbers that no input can make wrap around. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 wide_unsigned;

#endif
