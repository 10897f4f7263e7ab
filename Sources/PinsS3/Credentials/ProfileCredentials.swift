/// Keys of a profile in the shared credentials file, or in the configuration file.
struct ProfileCredentials: CredentialSource {
    let profile: String
    let context: any SystemContext

    var description: String { "the profile '\(profile)'" }

    func load() async throws(S3Error) -> S3Credentials {
        let files = SharedFiles(context)
        guard let section = files.section(profile) else {
            throw S3Error(
                .denied,
                "there is no profile '\(profile)' in \(files.credentialsPath) or "
                    + "\(files.configPath)")
        }
        guard let key = section["aws_access_key_id"], let secret = section["aws_secret_access_key"]
        else {
            throw S3Error(
                .denied,
                "the profile '\(profile)' has no aws_access_key_id and aws_secret_access_key; "
                    + "other kinds: eval \"$(aws configure export-credentials --format env)\"")
        }
        return S3Credentials(
            accessKeyID: key, secretAccessKey: secret,
            sessionToken: section["aws_session_token"])
    }
}

/// The two files that Amazon's tools share.
struct SharedFiles: Sendable {
    let credentialsPath: String
    let configPath: String
    private let credentials: ProfileFile
    private let config: ProfileFile

    init(_ context: any SystemContext) {
        func path(_ variable: String, _ usual: String) -> String {
            context.expanded(context.variable(variable) ?? usual)
        }
        credentialsPath = path("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")
        configPath = path("AWS_CONFIG_FILE", "~/.aws/config")
        credentials = ProfileFile(context.file(credentialsPath) ?? [])
        config = ProfileFile(context.file(configPath) ?? [])
    }

    /// All settings of a profile; where both files have one, that of the credentials file counts.
    func section(_ profile: String) -> [String: String]? {
        guard let base = config.profile(profile) else { return credentials.profile(profile) }
        return base.merging(credentials.profile(profile) ?? [:]) { $1 }
    }
}
