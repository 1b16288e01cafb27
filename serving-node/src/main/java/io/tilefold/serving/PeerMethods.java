package io.tilefold.serving;

import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PeerServiceGrpc;

/** The method that peers call: its answers are written as wire bytes, as those of fetches are. */
final class PeerMethods {
    static final MethodDescriptor<PeerReadRequest, WireBuffer> READ = PeerServiceGrpc.getReadMethod().toBuilder(
                    PeerServiceGrpc.getReadMethod().getRequestMarshaller(), FeatureMethods.AnswerBytes.INSTANCE)
            .build();

    private PeerMethods() {}

    /** The service with the method above in place of the generated one. */
    static ServiceDescriptor service() {
        ServiceDescriptor generated = PeerServiceGrpc.getServiceDescriptor();
        return ServiceDescriptor.newBuilder(generated.getName())
                .setSchemaDescriptor(generated.getSchemaDescriptor())
                .addMethod(READ)
                .build();
    }
}
