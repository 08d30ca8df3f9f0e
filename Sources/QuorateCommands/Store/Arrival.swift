internal import Glibc
internal import LocalStore
internal import StoreFormats

/// What comes into the store from a stream: an export, or a NAR.
struct Arrival: Sendable {
    let store: LocalStore
    let directory: StoreDirectory

    /// How a stream begins.
    private enum Kind {
        case export
        case nar
    }

    /// Takes a whole stream, or nothing of it.
    /// - Parameter narName: The name for a NAR, which has none of its own.
    /// - Returns: The paths, references before those who refer to them.
    func take(_ input: PieceReader, narName: String?) async throws -> [StorePath] {
        switch try await Blocking.run({ try kind(of: input) }) {
        case .nar:
            guard let narName else {
                throw CommandError(.usage, "\(input.name) is a NAR, which has no name: give one with --name")
            }
            return [try await takeNar(input, narName)]
        case .export:
            guard narName == nil else {
                throw CommandError(.usage, "\(input.name) is an export, whose paths have names: leave --name out")
            }
            return try await takeExport(input)
        }
    }

    private func takeExport(_ input: PieceReader) async throws -> [StorePath] {
        // It goes from this task to one thread and back, never to two at a time.
        struct Box: @unchecked Sendable { let intake: ExportIntake }
        let box = Box(intake: store.exportIntake(in: directory))
        return try await named(input) {
            try await Blocking.run {
                while let piece = try input.next() { try box.intake.push(piece) }
                try box.intake.finish()
            }
            _ = try await box.intake.register()
            return box.intake.objects.map(\.path)
        }
    }

    /// Puts the name of the stream before what is wrong with it.
    private func named<Value>(_ input: PieceReader, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as CommandError {
            throw error
        } catch {
            let trouble = CommandError(trouble: error)
            throw CommandError(trouble.status, "\(input.name): \(trouble)")
        }
    }

    /// A NAR begins with the length of its first word, 13; an export with a 1, an empty one with a 0.
    private func kind(of input: PieceReader) throws -> Kind {
        let start = try input.peek(8)
        guard start.count == 8 else {
            throw CommandError(.badData, "\(input.name): ends after \(start.count) bytes; neither an export nor a NAR")
        }
        switch start.withUnsafeBytes({ UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }) {
        case 0, 1: return .export
        case 13: return .nar
        default:
            throw CommandError(
                .badData, "\(input.name): neither an export nor a NAR; decompress it first where it is compressed")
        }
    }

    private func takeNar(_ input: PieceReader, _ name: String) async throws -> StorePath {
        let staging = try store.makeStaging("import")
        let tree = staging.path + "/tree"
        try await named(input) {
            try await Blocking.run {
                var parser = NarParser()
                var unpacker = try NarUnpacker(path: tree, style: .canonical)
                while let piece = try input.next() { try parser.push(piece, to: &unpacker) }
                try parser.finish()
            }
        }
        let path = try await store.add(tree, name: name, in: directory).path
        try await staging.remove()
        return path
    }
}
