package import StoreFormats

extension LocalStore {
    /// Writes paths in the format of `nix-store --export`, on a thread of the store's own.
    /// - Parameter paths: In the order in which they are to come: references first, as ``closure(of:)`` gives them.
    package func export(
        _ paths: [StorePath], to sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
    ) async throws {
        let infos = try await infos(of: paths)
        for path in paths where infos[path] == nil {
            throw LocalStoreError(.notValid, "\(path): not in the store \(folder)")
        }
        try await OffThread.run { () throws(any Error) in
            for path in paths {
                guard let info = infos[path] else { continue }
                try ExportWriter.write(
                    path, at: self.location(of: info), references: info.references, deriver: info.deriver, to: sink)
            }
            try ExportWriter.end.withUnsafeBytes(sink)
        }
    }

    /// Begins to take what `nix-store --export` or `guix archive --export` wrote.
    package func exportIntake(in directory: StoreDirectory = .nix) -> ExportIntake {
        ExportIntake(self, directory: directory)
    }
}

/// Takes an export as it comes, and unpacks its objects beside the store. Used by one task at a time.
///
/// An export proves nothing: signatures in it are not looked at, and references are believed. Who takes it decides from
/// ``objects`` what to trust before ``register(where:)``.
package final class ExportIntake {
    private let store: LocalStore
    private var parser: ExportParser
    private var receiver: Receiver

    init(_ store: LocalStore, directory: StoreDirectory) {
        self.store = store
        parser = ExportParser(in: directory)
        receiver = Receiver(store)
    }

    /// Takes the next piece. Blocks.
    package func push(_ bytes: UnsafeRawBufferPointer) throws(LocalStoreError) {
        do {
            try parser.push(bytes, to: &receiver)
        } catch {
            throw LocalStoreError(any: error)
        }
    }

    /// The same for an array.
    package func push(_ bytes: [UInt8]) throws(LocalStoreError) {
        try bytes.withUnsafeBufferPointer { bytes throws(LocalStoreError) in try push(UnsafeRawBufferPointer(bytes)) }
    }

    /// Says that the export has ended.
    package func finish() throws(LocalStoreError) {
        do throws(StoreFormatError) {
            try parser.finish()
        } catch {
            throw LocalStoreError(error)
        }
    }

    /// The objects that came whole, in their order.
    package var objects: [ExportedObject] { receiver.objects.map(\.object) }

    /// Makes the objects valid, all or none, after ``finish()``.
    /// - Returns: Those that were not valid before.
    package func register() async throws(LocalStoreError) -> [StorePath] {
        let (objects, staging) = (receiver.objects, receiver.staging)
        let paths = objects.map(\.object.path)
        try await store.protect(paths)
        let locks = try await store.lock(paths)
        defer { locks.unlock() }
        let addresses = try await OffThread.run { () throws(LocalStoreError) in
            try objects.map { tree, object throws(LocalStoreError) in try ExportedAddress.of(object, at: tree) }
        }
        let new = try await store.register(
            zip(objects, addresses).map { entry, address in
                let (tree, object) = entry
                return NewPath(
                    info: PathInfo(
                        path: object.path, narHash: object.nar.hash, narSize: object.nar.size,
                        references: object.references, deriver: object.deriver, contentAddress: address,
                        origin: .added),
                    from: tree, keeping: staging)
            })
        return new
    }

    /// Unpacks each object into a folder of its own.
    private struct Receiver: ExportReceiver {
        let store: LocalStore
        var staging: StagingFolder?
        var unpacker: NarUnpacker?
        var objects: [(tree: String, object: ExportedObject)] = []

        init(_ store: LocalStore) { self.store = store }

        private var tree: String { "\(staging?.path ?? "")/\(objects.count)" }

        mutating func beginObject() throws {
            if staging == nil { staging = try store.makeStaging("import") }
            unpacker = try NarUnpacker(path: tree, style: .canonical)
        }

        mutating func endObject(_ object: ExportedObject) throws {
            objects.append((tree, object))
            unpacker = nil
        }

        func beginDirectory(name: [UInt8]) throws { try unpacker?.beginDirectory(name: name) }
        func endDirectory() throws { try unpacker?.endDirectory() }
        func symbolicLink(name: [UInt8], target: [UInt8]) throws {
            try unpacker?.symbolicLink(name: name, target: target)
        }
        func beginFile(name: [UInt8], isExecutable: Bool, size: UInt64) throws {
            try unpacker?.beginFile(name: name, isExecutable: isExecutable, size: size)
        }
        func fileContents(_ bytes: UnsafeRawBufferPointer) throws { try unpacker?.fileContents(bytes) }
        func endFile() throws { try unpacker?.endFile() }
    }
}
