internal import Building
internal import FoundationEssentials
internal import Quorum
internal import StoreFormats

/// Copies what came out different to a folder, so that people can see where.
struct DifferenceKeeper: Sendable {
    private let folder: String

    /// Makes the folder if it is not there.
    init(_ name: String) throws(CommandError) {
        folder = try Files.absolute(name)
        try Files.makeDirectory(folder)
    }

    /// Copies what was built of a path, when something is different about it; what is not wanted goes.
    func keep(_ entry: inout RebuildReport.Entry) async throws {
        defer {
            entry.run?.kept = []
            entry.run?.keptVaried = [:]
        }
        guard let run = entry.run, entry.finding.isDifference else { return }
        var seen: Set<StorePathOutcome> = []
        for result in run.kept {
            if let place = try await copy(entry.path, of: result, nil, unless: &seen) { entry.kept.append(place) }
        }
        for group in run.culprits ?? [] {
            guard let result = run.keptVaried[group] else { continue }
            let name = group.map(\.name).joined(separator: "+").replacing(" ", with: "-")
            if let place = try await copy(entry.path, of: result, name, unless: &seen) { entry.kept.append(place) }
        }
    }

    /// - Parameters:
    ///   - label: What tells the copy from others of the same path.
    ///   - seen: What has a copy already.
    /// - Returns: Where the copy is; nil when there is one already, or the build failed, so that there is nothing.
    private func copy(
        _ path: StorePath, of result: RebuildResult, _ label: String?, unless seen: inout Set<StorePathOutcome>
    ) async throws -> String? {
        guard case .finished(let outputs) = result.outcome,
            let output = outputs.values.first(where: { $0.path == path }),
            seen.insert(StorePathOutcome(output.narHash, output.narSize, output.references)).inserted
        else { return nil }
        let name = "\(folder)/\(path.baseName)" + (label.map { ".\($0)" } ?? "")
        return try await Blocking.run {
            // The files are there as long as the result is.
            try withExtendedLifetime(result) { try Self.copy(output.physicalPath, as: name) }
        }
    }

    /// Copies a tree to a name that is free: the one given, or with a number behind it.
    private static func copy(_ source: String, as name: String) throws -> String {
        var place = name
        var number = 1
        while (try? FileManager.default.attributesOfItem(atPath: place)) != nil {
            number += 1
            place = "\(name).\(number)"
        }
        do {
            var unpacker = try NarUnpacker(path: place, style: .writable)
            var parser = NarParser(limits: .standard)
            _ = try NarDumper.dump(source) { try parser.push($0, to: &unpacker) }
            try parser.finish()
        } catch {
            try? FileManager.default.removeItem(atPath: place)
            throw CommandError(.cannotWrite, "what was built cannot be kept: \(error)")
        }
        return place
    }
}
