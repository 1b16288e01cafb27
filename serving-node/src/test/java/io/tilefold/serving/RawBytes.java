package io.tilefold.serving;

import io.grpc.MethodDescriptor;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Bytes as messages. */
enum RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    /** The service's method, whose request and answer are taken as they are. */
    static MethodDescriptor<byte[], byte[]> fetch() {
        return FeatureServiceGrpc.getFetchMethod().toBuilder(INSTANCE, INSTANCE).build();
    }

    @Override
    public InputStream stream(byte[] message) {
        return new ByteArrayInputStream(message);
    }

    @Override
    public byte[] parse(InputStream message) {
        try {
            return message.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
