package io.tilefold.node;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Lets calls in whose caller may make them: by a bearer token ({@code authorization: Bearer TOKEN}), else by the subject of the client's certificate. The file of rules is
 * read anew when it changes; one that cannot be read leaves the old rules in force. Thread safe; decides on the event loop, in microseconds.
 */
public final class AccessControl implements ServerInterceptor, AutoCloseable {
    private static final String DOMAIN = "tilefold.io";
    private static final String BEARER = "Bearer ";
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final Map<String, String> rights;
    private final FileWatch watch;
    private final LongAdder refused = new LongAdder();
    private volatile AccessRules rules;

    /**
     * Reads the rules.
     *
     * @param rights full name of a service, or of a method ({@code SERVICE/METHOD}) that differs from its service, to the right that its calls need; others are open to all
     * @throws IOException naming file, line and what is wrong
     */
    public AccessControl(Path file, long reloadMs, Map<String, String> rights) throws IOException {
        this.rights = Map.copyOf(rights);
        this.rules = AccessRules.read(file);
        this.watch = new FileWatch("tilefold-access", reloadMs);
        watch.onChange(List.of(file), () -> rules = AccessRules.read(file));
    }

    /** Calls that were turned away since the start. */
    public long refused() {
        return refused.sum();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        MethodDescriptor<Q, A> method = call.getMethodDescriptor();
        String ofService = rights.get(String.valueOf(method.getServiceName()));
        String right = rights.getOrDefault(method.getFullMethodName(), ofService);
        if (right == null) {
            return next.startCall(call, headers);
        }
        SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
        StatusRuntimeException problem = problem(headers.get(AUTHORIZATION), session, right);
        if (problem == null) {
            return next.startCall(call, headers);
        }
        refused.increment();
        Metadata trailers = problem.getTrailers();
        call.close(problem.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {};
    }

    /**
     * True if a call would be let in.
     *
     * @param authorization its header
     * @param session of its connection; null if that is not encrypted
     * @param right that it needs
     */
    public boolean letsIn(@Nullable String authorization, @Nullable SSLSession session, String right) {
        return problem(authorization, session, right) == null;
    }

    private @Nullable StatusRuntimeException problem(
            @Nullable String authorization, @Nullable SSLSession session, String right) {
        AccessRules now = rules;
        Optional<AccessRules.Caller> caller;
        if (authorization != null) {
            if (!authorization.startsWith(BEARER)) {
                return unauthenticated("AUTHORIZATION_MALFORMED", "authorization is not of the form Bearer TOKEN");
            }
            caller = now.ofToken(sha256(authorization.substring(BEARER.length())));
            if (caller.isEmpty()) {
                return unauthenticated("TOKEN_UNKNOWN", "the token is not one of this node's");
            }
        } else {
            X500Principal subject = subject(session);
            if (subject == null) {
                return unauthenticated(
                        "CREDENTIALS_MISSING", "the call has neither a bearer token nor a client certificate");
            }
            caller = now.ofSubject(subject);
            if (caller.isEmpty()) {
                return unauthenticated("SUBJECT_UNKNOWN", "the certificate's subject is not one of this node's");
            }
        }
        return caller.get().rights().contains(right) ? null : denied(caller.get(), right);
    }

    private static @Nullable X500Principal subject(@Nullable SSLSession session) {
        if (session == null) {
            return null;
        }
        try {
            return session.getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? certificate.getSubjectX500Principal()
                    : null;
        } catch (SSLPeerUnverifiedException withoutCertificate) {
            return null;
        }
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }

    private static StatusRuntimeException unauthenticated(String reason, String what) {
        return error(Code.UNAUTHENTICATED, reason, what, Map.of("hint", "send authorization: Bearer TOKEN"));
    }

    private static StatusRuntimeException denied(AccessRules.Caller caller, String right) {
        return error(
                Code.PERMISSION_DENIED,
                "RIGHT_MISSING",
                "caller " + caller.name() + " has not the right " + right,
                Map.of("caller", caller.name(), "right", right));
    }

    private static StatusRuntimeException error(Code code, String reason, String what, Map<String, String> metadata) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(what)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(reason)
                        .putAllMetadata(metadata)
                        .build()))
                .build());
    }

    @Override
    public void close() {
        watch.close();
    }
}
