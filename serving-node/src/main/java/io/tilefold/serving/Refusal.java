package io.tilefold.serving;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A response of headers alone that says no, as it is sent: to many calls, by many threads. */
record Refusal(Status.Code code, Http2Headers headers) {
    private static final AsciiString OK = AsciiString.cached("200");

    static Refusal of(StatusRuntimeException said) {
        List<AsciiString> fields = new ArrayList<>();
        add(fields, "content-type", "application/grpc");
        add(fields, "grpc-status", String.valueOf(said.getStatus().getCode().value()));
        add(fields, "grpc-message", String.valueOf(said.getStatus().getDescription()));
        Metadata trailers = said.getTrailers();
        if (trailers != null) {
            for (String name : trailers.keys()) {
                add(fields, name, value(trailers, name));
            }
        }
        return new Refusal(
                said.getStatus().getCode(),
                ReadOnlyHttp2Headers.serverHeaders(true, OK, fields.toArray(AsciiString[]::new)));
    }

    private static String value(Metadata trailers, String name) {
        if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
            byte[] bytes = trailers.get(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER));
            return Base64.getEncoder().withoutPadding().encodeToString(bytes);
        }
        return String.valueOf(trailers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
    }

    private static void add(List<AsciiString> fields, String name, String value) {
        if (!value.chars().allMatch(c -> c >= ' ' && c <= '~' && c != '%')) {
            throw new IllegalArgumentException("to be sent as it is, " + name + ": " + value);
        }
        fields.add(AsciiString.cached(name));
        fields.add(AsciiString.cached(value));
    }
}
