// libcurl, and its variadic calls with the types that we pass: Swift cannot make such calls.

#ifndef PINS_CURL_SHIM_H
#define PINS_CURL_SHIM_H

#include <curl/curl.h>

static inline CURLcode pins_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode pins_curl_set_size(CURL *handle, CURLoption option, long long value) {
    return curl_easy_setopt(handle, option, (curl_off_t)value);
}

static inline CURLcode pins_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode pins_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode pins_curl_set_list(CURL *handle, CURLoption option,
                                          struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

typedef size_t (*pins_curl_transfer)(char *buffer, size_t size, size_t count, void *context);

static inline CURLcode pins_curl_set_transfer(CURL *handle, CURLoption option,
                                              pins_curl_transfer function) {
    return curl_easy_setopt(handle, option, function);
}

typedef int (*pins_curl_seek)(void *context, curl_off_t offset, int origin);

static inline CURLcode pins_curl_set_seek(CURL *handle, CURLoption option,
                                          pins_curl_seek function) {
    return curl_easy_setopt(handle, option, function);
}

static inline CURLMcode pins_curl_multi_set_long(CURLM *handle, CURLMoption option, long value) {
    return curl_multi_setopt(handle, option, value);
}

static inline CURLcode pins_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode pins_curl_get_text(CURL *handle, CURLINFO info, const char **value) {
    return curl_easy_getinfo(handle, info, (char **)value);
}

// Only HTTP and HTTPS, whatever else this libcurl speaks.
static inline CURLcode pins_curl_set_protocols(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// A transfer that is given up while a name is being resolved does not wait for the resolver.
static inline void pins_curl_set_quick_exit(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)handle;
#endif
}

#endif
