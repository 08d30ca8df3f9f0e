internal import ClaimSources
internal import TransparencyLog

/// Finds the way to this machine's log: opened here where nobody writes it, and by its server otherwise.
enum AttestationLog {
    /// - Parameter onEvent: Told about trouble on the way, in one line.
    /// - Throws: ``CommandError`` of status `busy` when another process has the log and says nowhere how to reach it.
    static func open(
        _ site: BuilderSite, _ places: Places, onEvent: @escaping @Sendable (String) -> Void
    ) async throws -> any AttestationSink {
        let resources = HTTPResources()
        do {
            return try await openHere(site, places, resources, onEvent: onEvent)
        } catch let error as TransparencyLogError where error.code == .busy {
            do {
                return try reach(places, resources)
            } catch {
                await resources.shutdown()
                throw error
            }
        } catch {
            await resources.shutdown()
            throw (error as? TransparencyLogError).map { CommandError(log: $0) } ?? error
        }
    }

    private static func openHere(
        _ site: BuilderSite, _ places: Places, _ resources: HTTPResources, onEvent: @escaping @Sendable (String) -> Void
    ) async throws -> any AttestationSink {
        let directory = LogDirectory(places.log)
        let sequencer = try await site.openLog(places.log, resources, onEvent: onEvent)
        return SequencerSink(sequencer, directory: directory, owns: true) { await resources.shutdown() }
    }

    private static func reach(_ places: Places, _ resources: HTTPResources) throws -> any AttestationSink {
        let text: String
        do throws(CommandError) {
            text = String(decoding: try Files.read(places.serving, limit: 4096), as: UTF8.self)
        } catch {
            throw CommandError(
                .busy, "\(places.log): another process writes the log now; try again when it has ended")
        }
        let address = text.split(separator: "\n").first.map(String.init) ?? ""
        return ServerSink(submitter: try LogSubmitter(address + "/log", resources: resources), resources: resources)
    }
}
