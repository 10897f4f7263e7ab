internal import CCurl

/// An easy handle, and the multi handle it always runs in: that one can be woken from another
/// thread, which `curl_easy_perform` cannot, and keeps the connections.
///
/// `@unchecked Sendable`: it is used by one thread at a time, the one that took it out of the list
/// of idle handles, whose lock orders one use after the other.
@safe final class CurlHandle: @unchecked Sendable {
    /// Connections that a handle keeps open.
    private static let connectionCountMax = 4
    /// How long a wait lasts at most, for libcurl's own timers.
    private static let waitMilliseconds: Int32 = 1_000
    private static let isReady =
        curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    /// Where libcurl says more about an error.
    private let message: UnsafeMutablePointer<CChar>

    init() {
        precondition(Self.isReady, "libcurl cannot be initialised")
        guard let easy = unsafe curl_easy_init(), let multi = unsafe curl_multi_init() else {
            preconditionFailure("libcurl has no memory for a handle")
        }
        unsafe self.easy = easy
        unsafe self.multi = multi
        unsafe message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe pins_curl_multi_set_long(
            multi, CURLMOPT_MAXCONNECTS, Self.connectionCountMax)
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_multi_cleanup(multi)
        unsafe message.deallocate()
    }

    /// Where the last answer wants the request to go, as an absolute URL.
    var redirectTarget: String? {
        var text: UnsafePointer<CChar>?
        unsafe pins_curl_get_text(easy, CURLINFO_REDIRECT_URL, &text)
        return unsafe text.map { unsafe String(cString: $0) }
    }

    /// Runs a transfer to its end. Blocks.
    ///
    /// - Throws: ``HTTPError``; what came so far is in the transfer.
    func perform(
        _ transfer: CurlTransfer, _ settings: CurlTransport.Settings,
        _ cancellation: CurlCancellation
    ) throws(HTTPError) {
        unsafe message[0] = 0
        unsafe curl_easy_reset(easy)
        let list = HeaderList(transfer.request, userAgent: settings.userAgent)
        configure(transfer.request, settings, list)
        connect(transfer)
        unsafe cancellation.attach(UInt(bitPattern: multi))
        defer { cancellation.detach() }
        let code = withExtendedLifetime((transfer, list)) { run(cancellation) }
        if let failure = transfer.failure { throw failure }
        guard let code else {
            throw HTTPError(.cancelled, transfer.request, detail: "the task was cancelled")
        }
        guard code == CURLE_OK else { throw error(code, transfer.request) }
    }

    /// - Returns: What became of it, or `nil` if it was cancelled.
    private func run(_ cancellation: CurlCancellation) -> CURLcode? {
        guard unsafe curl_multi_add_handle(multi, easy) == CURLM_OK else {
            return CURLE_FAILED_INIT
        }
        defer { unsafe curl_multi_remove_handle(multi, easy) }
        var runningCount: Int32 = 1
        while true {
            if cancellation.isCancelled { return nil }
            guard unsafe curl_multi_perform(multi, &runningCount) == CURLM_OK else {
                return CURLE_FAILED_INIT
            }
            if runningCount == 0 { break }
            unsafe curl_multi_poll(multi, nil, 0, Self.waitMilliseconds, nil)
        }
        var waitingCount: Int32 = 0
        while let report = unsafe curl_multi_info_read(multi, &waitingCount) {
            if unsafe report.pointee.msg == CURLMSG_DONE {
                return unsafe report.pointee.data.result
            }
        }
        return CURLE_FAILED_INIT
    }

    // MARK: - Options

    private func set(_ option: CURLoption, _ value: Int) {
        unsafe pins_curl_set_long(easy, option, value)
    }

    private func set(_ option: CURLoption, _ text: String) {
        unsafe pins_curl_set_text(easy, option, text)
    }

    private func configure(
        _ request: HTTPRequest, _ settings: CurlTransport.Settings, _ headers: HeaderList
    ) {
        set(CURLOPT_URL, request.url.text)
        // The path goes out as it was given: a signature was made over it.
        set(CURLOPT_PATH_AS_IS, 1)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_HTTP09_ALLOWED, 0)
        set(CURLOPT_BUFFERSIZE, 256 << 10)
        unsafe pins_curl_set_protocols(easy)
        unsafe pins_curl_set_quick_exit(easy)
        set(CURLOPT_CONNECTTIMEOUT_MS, request.deadline.connectMilliseconds)
        set(CURLOPT_TIMEOUT_MS, request.deadline.totalMilliseconds)
        set(CURLOPT_EXPECT_100_TIMEOUT_MS, request.deadline.continueMilliseconds)
        set(CURLOPT_LOW_SPEED_LIMIT, 1)
        set(CURLOPT_LOW_SPEED_TIME, (request.deadline.stallMilliseconds + 999) / 1_000)
        if request.skipsProxies { set(CURLOPT_NOPROXY, "*") }
        if let file = settings.certificateFile { set(CURLOPT_CAINFO, file) }
        unsafe pins_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, message)
        unsafe pins_curl_set_list(easy, CURLOPT_HTTPHEADER, headers.first)
        configureBody(request)
    }

    private func configureBody(_ request: HTTPRequest) {
        let byteCount: Int? =
            switch request.body {
            case .none: 0
            case .bytes(let bytes): bytes.count
            case .stream(let byteCount, _): byteCount
            }
        switch (request.body, request.method) {
        case (.none, .get): set(CURLOPT_HTTPGET, 1)
        case (.none, .head): set(CURLOPT_NOBODY, 1)
        case (.none, .delete): set(CURLOPT_CUSTOMREQUEST, request.method.description)
        default:
            set(CURLOPT_UPLOAD, 1)
            unsafe pins_curl_set_size(easy, CURLOPT_INFILESIZE_LARGE, Int64(byteCount ?? -1))
            set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
            set(CURLOPT_CUSTOMREQUEST, request.method.description)
        }
    }

    // MARK: - Callbacks

    /// Lets libcurl call the transfer, which outlives ``run(_:)``.
    private func connect(_ transfer: CurlTransfer) {
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        for option in [
            CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA,
        ] {
            unsafe pins_curl_set_pointer(easy, option, context)
        }
        unsafe pins_curl_set_transfer(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let transfer = unsafe CurlTransfer.from(context) else { return 0 }
            let line = unsafe [UInt8](UnsafeRawBufferPointer(start: bytes, count: size * count))
            return transfer.takeHeader(line) ? size * count : 0
        }
        unsafe pins_curl_set_transfer(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let transfer = unsafe CurlTransfer.from(context) else { return 0 }
            let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
            // Any other number than that of the bytes ends the transfer, also for an empty piece.
            return unsafe transfer.takeBody(piece) ? size * count : size * count + 1
        }
        unsafe pins_curl_set_transfer(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
            let buffer = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            let filled = unsafe CurlTransfer.from(context)?.fill(buffer)
            return filled ?? Int(CURL_READFUNC_ABORT)
        }
        unsafe pins_curl_set_seek(easy, CURLOPT_SEEKFUNCTION) { context, offset, origin in
            guard offset == 0, origin == 0, let transfer = unsafe CurlTransfer.from(context) else {
                return Int32(CURL_SEEKFUNC_CANTSEEK)
            }
            transfer.rewind()
            return Int32(CURL_SEEKFUNC_OK)
        }
    }

    // MARK: - Errors

    private func error(_ code: CURLcode, _ request: HTTPRequest) -> HTTPError {
        let said = unsafe String(cString: message)
        let name = unsafe String(cString: curl_easy_strerror(code))
        return HTTPError(Self.kind(code), request, detail: said.isEmpty ? name : said)
    }

    private static func kind(_ code: CURLcode) -> HTTPError.Code {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .resolve
        case CURLE_COULDNT_CONNECT: .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS:
            .tls
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_URL_MALFORMAT: .invalidRequest
        default: .protocolViolation
        }
    }
}

extension CurlTransfer {
    /// The transfer that libcurl was given as context.
    fileprivate static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        unsafe context.map { unsafe Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

/// The header lines of a request, in memory of libcurl's.
@safe private final class HeaderList {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    init(_ request: HTTPRequest, userAgent: String) {
        for field in request.headers.fields {
            // A line that ends with its colon would take a field away.
            add(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        if request.headers["User-Agent"] == nil { add("User-Agent: \(userAgent)") }
        // libcurl would wait a second for a server that does not know it.
        if request.headers["Expect"] == nil { add("Expect:") }
    }

    deinit { unsafe curl_slist_free_all(first) }

    private func add(_ line: String) {
        guard let longer = unsafe curl_slist_append(first, line) else {
            preconditionFailure("libcurl has no memory for a header line")
        }
        unsafe first = longer
    }
}
