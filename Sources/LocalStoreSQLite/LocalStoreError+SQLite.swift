internal import LocalStore
internal import SQLiteFiles

extension LocalStoreError {
    /// What came out of a database: an error of ours as it is, any other in the store's words.
    init(_ error: any Error, at place: String) {
        if let error = error as? LocalStoreError {
            self = error
            return
        }
        let failure = SQLiteFailure(error, at: place)
        switch failure.code {
        case .cannotOpen: self.init(.cannotOpen, failure.message)
        case .readOnly:
            self.init(.readOnly, "\(place): the store cannot be written; check the folder and its owner")
        case .full:
            self.init(.full, "\(place): the disk is full; free space and try again, the store is as it was")
        case .busy: self.init(.busy, "\(place): another process keeps the store busy; try again")
        case .corrupt: self.init(.corrupt, "\(place): not a store's database or damaged; move it away to start anew")
        case .newerSchema: self.init(.newerSchema, failure.message)
        case .failed: self.init(.failed, failure.message)
        }
    }
}
