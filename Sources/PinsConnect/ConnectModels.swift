internal import PinFormat

/// What the server tells. Fields that are not needed are not looked at.
enum ConnectModels {
    struct User: Sendable, Decodable {
        let guid: String
        let username: String
    }

    struct Content: Sendable, Decodable {
        let guid: String
        let name: String
        let title: String?
        let description: String?
        let access_type: String?
        /// The active bundle.
        let bundle_id: Number?
        let owner_guid: String?
        let app_role: String?
        let content_url: String?
    }

    struct Bundle: Sendable, Decodable {
        let id: Number
        let created_time: String?
        let active: Bool?
        let size: UInt64?
    }

    struct Deployment: Sendable, Decodable {
        let task_id: String
    }

    struct DeployTask: Sendable, Decodable {
        let finished: Bool
        let code: Int?
        let error: String?
        let last: Int?
        let output: [String]?
    }

    struct Application: Sendable, Decodable {
        let guid: String
        let name: String
        let title: String?
        let description: String?
        let owner_username: String?
        let bundle_id: Number?
        let last_deployed_time: String?
    }

    struct Applications: Sendable, Decodable {
        let applications: [Application]
        let total: Int?
        let continuation: String?
    }

    struct Failure: Sendable, Decodable {
        let code: Int?
        let error: String?
    }

    /// A bundle's number: the newer API writes it as text, the older as a number.
    struct Number: Sendable, Hashable, Comparable, Decodable {
        let value: UInt64

        init(_ value: UInt64) { self.value = value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(UInt64.self) {
                value = number
            } else {
                let text = try container.decode(String.self)
                guard let number = UInt64(text) else {
                    throw DecodingError.dataCorruptedError(
                        in: container, debugDescription: "no number")
                }
                value = number
            }
        }

        var text: String { String(value) }

        static func < (left: Number, right: Number) -> Bool { left.value < right.value }
    }
}

/// Times as Connect writes them.
enum ConnectTime {
    /// Seconds since 1970 UTC of `2026-11-26T15:00:00Z`, with or without a fraction.
    static func seconds(_ text: String?) -> Int64? {
        guard let text, text.utf8.count >= 19 else { return nil }
        let digits = String(text.prefix(19)).filter { $0.isASCII && $0.isNumber }
        guard digits.utf8.count == 14 else { return nil }
        return VersionName.seconds(of: "\(digits.prefix(8))T\(digits.suffix(6))Z-00000")
    }
}
