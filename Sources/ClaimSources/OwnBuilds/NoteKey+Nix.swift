package import StoreFormats
package import TransparencyLog

extension NoteKey {
    /// An Ed25519 key of Nix as signed notes name it.
    ///
    /// Nil for a name that cannot stand in a note, or not without doubt: empty, or with a space, a plus sign, a control
    /// character or anything but ASCII. Nil also for a key under which anybody could sign.
    package init?(_ key: NixPublicKey) {
        guard key.name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let noteKey = try? NoteKey(name: key.name, kind: .ed25519, publicKey: key.bytes)
        else { return nil }
        self = noteKey
    }
}
