internal import CFileSystem
internal import Glibc

/// How the metadata of a finished output is made the same on every machine.
///
/// Files get 0444 or 0555, folders 0555, all the modification time of 1 second after the epoch and this process as
/// owner; access lists, other extended attributes and set-id bits go. Hard links stay.
package struct Canonicalisation: Sendable, Hashable {
    /// The user that every file must belong to, if there is one: a file of somebody else was linked in from elsewhere.
    package let builder: UInt32?

    package init(builder: UInt32? = nil) { self.builder = builder }

    /// For the output of a builder that ran as this process's own user.
    package static let standard = Canonicalisation()
}

/// Makes the metadata of one file or folder canonical.
struct MetadataSettler {
    let canonicalisation: Canonicalisation
    private let owner = geteuid()
    private let group = getegid()

    init(_ canonicalisation: Canonicalisation) { self.canonicalisation = canonicalisation }

    /// The permissions that something has in a store.
    static func permissions(of status: stat) -> mode_t {
        status.st_mode & S_IFMT == S_IFDIR || status.st_mode & S_IXUSR != 0 ? 0o555 : 0o444
    }

    /// Settles an open file or folder; false with `errno` when the system refuses.
    func settle(_ descriptor: Int32, _ status: stat) -> Bool {
        guard removeAttributes(descriptor) else { return false }
        // The owner first: changing it clears bits of the mode.
        if status.st_uid != owner || status.st_gid != group {
            guard fchown(descriptor, owner, group) == 0 else { return false }
        }
        let mode = Self.permissions(of: status)
        if status.st_mode & 0o7777 != mode || status.st_uid != owner {
            guard fchmod(descriptor, mode) == 0 else { return false }
        }
        if !Self.hasCanonicalTime(status) {
            guard futimens(descriptor, Self.times) == 0 else { return false }
        }
        return true
    }

    /// Settles a symbolic link. It has no permissions, and no attributes but those that only the host's root can give.
    func settleLink(_ parent: Int32, _ name: UnsafePointer<CChar>, _ status: stat) -> Bool {
        if status.st_uid != owner || status.st_gid != group {
            guard fchownat(parent, name, owner, group, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
        }
        guard !Self.hasCanonicalTime(status) else { return true }
        return utimensat(parent, name, Self.times, AT_SYMLINK_NOFOLLOW) == 0
    }

    private static func hasCanonicalTime(_ status: stat) -> Bool {
        status.st_mtim.tv_sec == 1 && status.st_mtim.tv_nsec == 0
    }

    /// The time of access stays: nothing reads it.
    private static let times = [timespec(tv_sec: 0, tv_nsec: FileTimes.omit), timespec(tv_sec: 1, tv_nsec: 0)]

    /// Attributes that belong to the file system or the system's policy, not to the file.
    private static let kept: Set<String> = ["security.selinux", "security.csm", "system.nfs4_acl"]

    private func removeAttributes(_ descriptor: Int32) -> Bool {
        let size = flistxattr(descriptor, nil, 0)
        guard size > 0 else { return size == 0 || errno == ENOTSUP || errno == ENODATA }
        var list = [CChar](repeating: 0, count: size + 256)
        let count = flistxattr(descriptor, &list, list.count)
        guard count >= 0 else { return false }
        for name in list[..<count].split(separator: 0) {
            let text = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard !Self.kept.contains(text) else { continue }
            guard fremovexattr(descriptor, text) == 0 || errno == ENODATA else { return false }
        }
        return true
    }
}
