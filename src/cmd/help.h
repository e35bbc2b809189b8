/* A verb's help on a terminal that is narrower than its lines. */
#ifndef CMD_HELP_H
#define CMD_HELP_H

/* Prints it, wrapped at words to that width; 0: as it is. Examples keep their lines, so that they
 * can be copied. */
void help_print(const char *text, unsigned width);

#endif
