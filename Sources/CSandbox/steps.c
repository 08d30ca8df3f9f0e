// The steps of a plan: what is made inside the new root. Part of the child's half; the same rules hold as in child.c.

#include "raw.h"
#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <sys/stat.h>

BEGIN_CHILD

// Folders

/// Gives something to the build user, who may do with it what it wants. What root makes otherwise stays root's and is
/// only looked at, as with the daemons. A folder with the sticky bit stays root's too, so that its builder cannot take
/// away what others made in it; the group may add to it unless everybody may.
static long give(const struct csandbox_spec *spec, int folder, const char *path, uint32_t mode) {
    if (!spec->changes_user || (mode & 01002) == 01002) return 0;
    uint32_t user = (mode & 01000) != 0 ? (uint32_t)-1 : spec->outside_user;
    return raw(SYS_fchownat, folder, path, user, spec->outside_group, AT_SYMLINK_NOFOLLOW);
}

/// Whether something lies below the folder that the builder starts in.
static int is_builders(const struct csandbox_spec *spec, const char *path) {
    const char *folder = spec->working_directory + 1;
    if (*folder == 0) return 0;
    while (*folder != 0 && *folder == *path) {
        folder += 1;
        path += 1;
    }
    return *folder == 0 && *path == '/';
}

/// Makes the folders above a path that are missing.
static long make_parents(const struct csandbox_spec *spec, int folder, const char *path) {
    char part[PATH_MAX];
    long size = length(path);
    if (size >= PATH_MAX) return -ENAMETOOLONG;
    for (long i = 0; i < size; i += 1) {
        if (path[i] == '/') {
            part[i] = 0;
            long result = raw(SYS_mkdirat, folder, part, 0755);
            if (result == 0 && is_builders(spec, part)) result = give(spec, folder, part, 0);
            if (result < 0 && result != -EEXIST) return result;
        }
        part[i] = path[i];
    }
    return 0;
}

/// Runs what makes `path`, and runs it again with the folders above made when they were missing.
#define WITH_PARENTS(spec, folder, path, result, call) \
    do { \
        result = (call); \
        if (result == -ENOENT) { \
            CHECK(make_parents(spec, folder, path)); \
            result = (call); \
        } \
    } while (0)

static long make_directory(
    const struct csandbox_spec *spec, int folder, const char *path, uint32_t mode, int is_given
) {
    long result;
    WITH_PARENTS(spec, folder, path, result, raw(SYS_mkdirat, folder, path, mode));
    if (result < 0 && result != -EEXIST) return result;
    if (is_given || is_builders(spec, path)) CHECK(give(spec, folder, path, mode));
    // Besides what was there before, the set-id and sticky bits, which some file systems drop from a new folder.
    if (result == -EEXIST || (mode & 07000) != 0) CHECK(raw(SYS_fchmodat, folder, path, mode));
    return 0;
}

long csandbox_set_read_only(const char *path, unsigned flags, int read_only) {
    struct mount_attr attributes = {0};
    if (read_only) {
        attributes.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
    } else {
        attributes.attr_clr = MOUNT_ATTR_RDONLY;
    }
    return raw(SYS_mount_setattr, AT_FDCWD, path, flags, &attributes, sizeof attributes);
}

// Steps. The working directory is the new root.

static long do_disk_directory(const struct csandbox_spec *spec, const struct csandbox_step *step, int disk) {
    CHECK(make_directory(spec, disk, step->path, step->mode, 1));
    CHECK(make_directory(spec, AT_FDCWD, step->path, step->mode, 1));
    long tree = raw(
        SYS_open_tree, disk, step->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
    CHECK(tree);
    CHECK(raw(SYS_move_mount, tree, "", AT_FDCWD, step->path, MOVE_MOUNT_F_EMPTY_PATH));
    return raw(SYS_close, tree);
}

static long do_file(const struct csandbox_spec *spec, const struct csandbox_step *step) {
    long file;
    WITH_PARENTS(
        spec, AT_FDCWD, step->path, file,
        raw(SYS_openat, AT_FDCWD, step->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, step->mode));
    CHECK(file);
    const char *bytes = step->bytes;
    for (size_t written = 0; written < step->size;) {
        long count = raw(SYS_write, file, bytes + written, step->size - written);
        CHECK(count);
        written += (size_t)count;
    }
    if (is_builders(spec, step->path)) CHECK(give(spec, AT_FDCWD, step->path, step->mode));
    return raw(SYS_close, file);
}

static long do_symlink(const struct csandbox_spec *spec, const char *text, const char *path) {
    long result;
    WITH_PARENTS(spec, AT_FDCWD, path, result, raw(SYS_symlinkat, text, AT_FDCWD, path));
    CHECK(result);
    return is_builders(spec, path) ? give(spec, AT_FDCWD, path, 0) : 0;
}

static long do_bind(const struct csandbox_spec *spec, const struct csandbox_step *step) {
    struct statx status;
    long result = raw(SYS_statx, AT_FDCWD, step->source, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &status);
    if (result == -ENOENT && (step->flags & csandbox_optional)) return 0;
    CHECK(result);
    switch (status.stx_mode & S_IFMT) {
    case S_IFLNK: {
        // A link cannot be bound. Its copy says the same.
        char text[PATH_MAX];
        long size = raw(SYS_readlinkat, AT_FDCWD, step->source, text, sizeof text - 1);
        CHECK(size);
        text[size] = 0;
        return do_symlink(spec, text, step->path);
    }
    case S_IFDIR:
        WITH_PARENTS(spec, AT_FDCWD, step->path, result, raw(SYS_mkdirat, AT_FDCWD, step->path, 0755));
        break;
    default:
        WITH_PARENTS(spec, AT_FDCWD, step->path, result, raw(SYS_mknodat, AT_FDCWD, step->path, S_IFREG | 0644, 0));
        break;
    }
    if (result < 0 && result != -EEXIST) return result;
    return raw(SYS_mount, step->source, step->path, 0, MS_BIND, 0);
}

/// Puts a file in front of one that is there, such as one of the kernel's. Nothing shows where it came from.
static long do_mask(const struct csandbox_spec *spec, const struct csandbox_step *step) {
    struct csandbox_step file = *step;
    file.path = ".mask";
    file.mode = 0444;
    CHECK(do_file(spec, &file));
    CHECK(raw(SYS_mount, file.path, step->path, 0, MS_BIND, 0));
    return raw(SYS_unlinkat, AT_FDCWD, file.path, 0);
}

static long do_tmpfs(const struct csandbox_spec *spec, const struct csandbox_step *step) {
    CHECK(make_directory(spec, AT_FDCWD, step->path, 0755, 0));
    CHECK(raw(SYS_mount, "tmpfs", step->path, "tmpfs", MS_NOSUID | MS_NODEV, step->source));
    return give(spec, AT_FDCWD, step->path, step->mode);
}

long csandbox_do_step(const struct csandbox_spec *spec, const struct csandbox_step *step, int disk) {
    switch (step->kind) {
    case csandbox_directory:
        return make_directory(spec, AT_FDCWD, step->path, step->mode, 0);
    case csandbox_disk_directory:
        return do_disk_directory(spec, step, disk);
    case csandbox_file:
        return do_file(spec, step);
    case csandbox_symlink:
        return do_symlink(spec, step->source, step->path);
    case csandbox_bind:
    case csandbox_device:
        return do_bind(spec, step);
    case csandbox_tmpfs:
        return do_tmpfs(spec, step);
    case csandbox_devpts:
        CHECK(make_directory(spec, AT_FDCWD, step->path, 0755, 0));
        return raw(SYS_mount, "devpts", step->path, "devpts", MS_NOSUID | MS_NOEXEC, step->source);
    case csandbox_proc:
        CHECK(make_directory(spec, AT_FDCWD, step->path, 0555, 0));
        return raw(SYS_mount, "proc", step->path, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
    case csandbox_mask:
        return do_mask(spec, step);
    default:
        return -EINVAL;
    }
}

int csandbox_is_writable(const struct csandbox_step *step) {
    switch (step->kind) {
    case csandbox_disk_directory:
    case csandbox_tmpfs:
    case csandbox_devpts:
    case csandbox_proc:
        return 1;
    case csandbox_bind:
        return (step->flags & csandbox_writable) != 0;
    default:
        return 0;
    }
}

END_CHILD
