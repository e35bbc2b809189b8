#ifndef CMD_VERSION_H
#define CMD_VERSION_H
#define EXHIBIT_VERSION "0.1.0"
#endif
