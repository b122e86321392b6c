// SPDX-License-Identifier: GPL-2.0-only
#include "baoctl.h"

int main(int argc, char **argv)
{
	return baoctl_main(argc, argv);
}
