/* Prints the offset of every zone of src/base/zone.def at the seconds given, for tests/suite_policy.py. */
#include "base/zone.h"

#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	const char *name;

	printf("%s\n", zone_release());
	for (unsigned i = 0; (name = zone_name(i)) != NULL; i++) {
		printf("%s", name);
		for (int k = 1; k < argc; k++)
			printf(" %d", (int)zone_offset(zone_named(name), strtoll(argv[k], NULL, 10) * 1000000));
		printf("\n");
	}
	return 0;
}
