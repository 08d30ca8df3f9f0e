internal import Ledger
internal import SQLiteFiles

extension LedgerError {
    /// What came out of the database: an error of ours as it is, any other in the ledger's words.
    init(_ error: any Error, at place: String) {
        if let error = error as? LedgerError {
            self = error
            return
        }
        let failure = SQLiteFailure(error, at: place)
        switch failure.code {
        case .cannotOpen: self.init(.cannotOpen, failure.message)
        case .readOnly: self.init(.readOnly, "\(place): the state cannot be written; nothing was recorded")
        case .full: self.init(.full, "\(place): the disk is full; nothing was recorded")
        case .busy: self.init(.busy, "\(place): another process keeps the ledger busy; try again")
        case .corrupt: self.init(.corrupt, "\(place): not a ledger or damaged; move it away to start a new one")
        case .newerSchema: self.init(.newerSchema, failure.message)
        case .failed: self.init(.failed, failure.message)
        }
    }
}
