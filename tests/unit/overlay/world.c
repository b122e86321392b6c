// SPDX-License-Identifier: GPL-2.0-only
#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELLS	"#address-cells = <2>; #size-cells = <2>;"
#define MEMORY	"memory@40000000 { device_type = \"memory\";" \
		"reg = <0 0x40000000 0 0x4000000>; };"
#define GIC	"gic: intc@8000000 { compatible = \"arm,gic-v3\";" \
		"#interrupt-cells = <3>; #address-cells = <0>;" \
		"interrupt-controller; reg = <0 0x8000000 0 0x10000>; };"
#define SERIAL	"serial@9000000 { compatible = \"test,serial\";" \
		"reg = <0 0x9000000 0 0x1000>; interrupts = <0 15 4>; };"

const char arm_base[] = "/dts-v1/; / {" CELLS "interrupt-parent = <&gic>;"
	MEMORY GIC SERIAL "};";
const char frontend_base[] = "/dts-v1/; / {" CELLS "interrupt-parent = <&gic>;"
	MEMORY GIC SERIAL
	"memory@d0000000 { device_type = \"memory\";"
	"reg = <0 0xd0000000 0 0x2000000>; }; };";
const char riscv_base[] = "/dts-v1/; / {" CELLS MEMORY
	"soc { compatible = \"simple-bus\"; ranges;" CELLS
	"plic: plic@c000000 { compatible = \"sifive,plic-1.0.0\";"
	"#interrupt-cells = <1>; #address-cells = <0>; interrupt-controller;"
	"reg = <0 0xc000000 0 0x600000>; riscv,ndev = <60>; phandle = <9>; };"
	"}; };";

static char directory[] = "/tmp/overlay-XXXXXX";
static char said[4096], printed[64 << 10];

static void make_directory(void)
{
	if (strstr(directory, "XXXXXX"))
		assert_non_null(mkdtemp(directory));
}

const char *file_name(const char *name)
{
	static char path[4][128];
	static unsigned int turn;

	make_directory();
	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", directory, name);
	return path[turn];
}

void write_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(file_name(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

char *read_file(const char *name, size_t *size)
{
	FILE *file = fopen(file_name(name), "r");
	char *data;

	if (!file)
		return NULL;
	data = calloc(1, 1 << 20);
	assert_non_null(data);
	*size = fread(data, 1, (1 << 20) - 1, file);
	fclose(file);
	return data;
}

void take_away(const char *name)
{
	assert_int_equal(unlink(file_name(name)), 0);
}

int count_files(void)
{
	DIR *dir;
	int num = 0;

	make_directory();
	dir = opendir(directory);
	assert_non_null(dir);
	while (readdir(dir))
		num++;
	closedir(dir);
	return num - 2;
}

void remove_files(void)
{
	struct dirent *entry;
	DIR *dir;

	make_directory();
	dir = opendir(directory);
	assert_non_null(dir);
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(directory);
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
}

/* Files that come and go; the caller's are not counted among them. */
void compile(struct blob *blob, const char *source, bool symbols)
{
	char in[] = "/tmp/overlay-in-XXXXXX", out[] = "/tmp/overlay-out-XXXXXX";
	int fd_in = mkstemp(in), fd_out = mkstemp(out), status;
	char command[256];

	assert_true(fd_in >= 0 && fd_out >= 0);
	assert_int_equal(write(fd_in, source, strlen(source)), strlen(source));
	close(fd_in);
	close(fd_out);
	snprintf(command, sizeof(command), "dtc -q -q %s -f -I dts -O dtb -o %s %s",
		 symbols ? "-@" : "", out, in);
	status = system(command);
	if (!status)
		status = blob_read(blob, out);
	unlink(in);
	unlink(out);
	if (status)
		fail_msg("dtc refuses: %s", source);
}

void write_blob(const char *name, const char *source, bool symbols)
{
	struct blob blob;
	const unsigned char *size;

	compile(&blob, source, symbols);
	size = (const unsigned char *)blob.fdt + 4;
	write_file(name, blob.fdt, (size_t)size[0] << 24 |
		   (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3]);
	blob_free(&blob);
}

struct world *look_at(const char *base, const char *overlay,
		      const struct facts *facts)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	compile(&world->base, base, false);
	compile(&world->overlay, overlay, true);
	check_all(&world->check, &world->findings, &world->merged,
		  &world->base, &world->overlay, facts);
	return world;
}

void forget(struct world *world)
{
	tree_free(&world->check.tree);
	blob_free(&world->merged);
	blob_free(&world->overlay);
	blob_free(&world->base);
	free(world);
}

/* From now on @fd goes to the file; returns where it went. */
static int redirect(int fd, FILE *to)
{
	int old = dup(fd);

	assert_true(old >= 0);
	assert_int_equal(dup2(fileno(to), fd), fd);
	return old;
}

static void restore(int fd, int old)
{
	dup2(old, fd);
	close(old);
}

int run(int (*command)(int argc, char **argv), ...)
{
	char name[] = "baoctl overlay", *argv[32] = { name };
	FILE *error = tmpfile(), *output = tmpfile();
	int argc = 1, status, old_error, old_output;
	va_list args;
	char *arg;

	va_start(args, command);
	while ((arg = va_arg(args, char *)) && argc < 31)
		argv[argc++] = strdup(arg);
	va_end(args);
	assert_true(error && output);
	fflush(stdout);
	old_error = redirect(2, error);
	old_output = redirect(1, output);
	status = command(argc, argv);
	fflush(stdout);
	restore(1, old_output);
	restore(2, old_error);
	rewind(error);
	said[fread(said, 1, sizeof(said) - 1, error)] = 0;
	rewind(output);
	printed[fread(printed, 1, sizeof(printed) - 1, output)] = 0;
	fclose(error);
	fclose(output);
	while (--argc)
		free(argv[argc]);
	return status;
}

const char *complaint(void)
{
	return said;
}

const char *output(void)
{
	return printed;
}
