package io.tilefold.serving;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServiceDescriptor;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * The service's methods. Fetches travel as wire bytes on both sides: what a request says is read from its bytes by {@link FetchMessage}, so that a
 * malformed one gets an answer that says so, and answers are written by {@link TargetReader}. All others are the generated ones.
 */
final class FeatureMethods {
    static final MethodDescriptor<byte[], WireBuffer> FETCH = raw(FeatureServiceGrpc.getFetchMethod());
    static final MethodDescriptor<byte[], WireBuffer> FETCH_STREAM = raw(FeatureServiceGrpc.getFetchStreamMethod());

    /** As a caller that knows the bytes already asks. */
    static final MethodDescriptor<byte[], byte[]> FETCH_BYTES = FeatureServiceGrpc.getFetchMethod().toBuilder(
                    RequestBytes.INSTANCE, RequestBytes.INSTANCE)
            .build();

    private FeatureMethods() {}

    private static MethodDescriptor<byte[], WireBuffer> raw(MethodDescriptor<?, ?> generated) {
        return generated.toBuilder(RequestBytes.INSTANCE, AnswerBytes.INSTANCE).build();
    }

    /** The service with the methods above in place of the generated ones; reflection sees the same service. */
    static ServiceDescriptor service() {
        ServiceDescriptor generated = FeatureServiceGrpc.getServiceDescriptor();
        ServiceDescriptor.Builder service =
                ServiceDescriptor.newBuilder(generated.getName()).setSchemaDescriptor(generated.getSchemaDescriptor());
        for (MethodDescriptor<?, ?> method : generated.getMethods()) {
            service.addMethod(inPlaceOf(method));
        }
        return service.build();
    }

    private static MethodDescriptor<?, ?> inPlaceOf(MethodDescriptor<?, ?> generated) {
        if (generated.getFullMethodName().equals(FETCH.getFullMethodName())) {
            return FETCH;
        }
        return generated.getFullMethodName().equals(FETCH_STREAM.getFullMethodName()) ? FETCH_STREAM : generated;
    }

    /** A message as it came; never refuses one. */
    private enum RequestBytes implements Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] request) {
            return new ByteArrayInputStream(request);
        }

        @Override
        public byte[] parse(InputStream request) {
            try {
                // What was sent compressed is of unknown length; grpc bounds it.
                return request instanceof KnownLength known
                        ? exactly(request, known.available())
                        : request.readAllBytes();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        private static byte[] exactly(InputStream request, int length) throws IOException {
            byte[] bytes = new byte[length];
            if (request.readNBytes(bytes, 0, length) != length) {
                throw new EOFException("a message of fewer than " + length + " bytes");
            }
            return bytes;
        }
    }

    /** grpc takes an answer's bytes inside {@code onNext}: the buffer may be used again after it. */
    enum AnswerBytes implements Marshaller<WireBuffer> {
        INSTANCE;

        @Override
        public InputStream stream(WireBuffer answer) {
            return new AnswerStream(answer);
        }

        @Override
        public WireBuffer parse(InputStream answer) {
            throw new UnsupportedOperationException("a serving node parses no answers");
        }
    }

    /** A buffer's bytes, handed over in one piece. */
    private static final class AnswerStream extends ByteArrayInputStream implements Drainable, KnownLength {
        AnswerStream(WireBuffer answer) {
            super(answer.array(), 0, answer.length());
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int length = available();
            transferTo(target);
            return length;
        }
    }
}
