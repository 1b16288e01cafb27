package io.tilefold.serving.external;

import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeSet;

/** Opens external sources from addresses. */
public final class ExternalSources {
    private ExternalSources() {}

    /**
     * Opens one.
     *
     * @param address {@code grpc://HOST:PORT}, {@code grpcs://HOST:PORT} (TLS, the platform's authorities), or a provider's scheme
     * @throws IllegalArgumentException naming the source and what is wrong with its address
     */
    public static ExternalSource open(String name, String address) {
        int colon = address.indexOf("://");
        if (colon < 1 || colon + 3 == address.length()) {
            throw new IllegalArgumentException("external source " + name + ": its address \"" + address
                    + "\" is not of the form SCHEME://ADDRESS, for example grpc://10.0.0.7:9000");
        }
        String scheme = address.substring(0, colon);
        String rest = address.substring(colon + 3);
        try {
            return switch (scheme) {
                case "grpc" -> new GrpcSource(rest, InsecureChannelCredentials.create());
                case "grpcs" ->
                    new GrpcSource(rest, TlsChannelCredentials.newBuilder().build());
                default -> provider(scheme).open(name, rest);
            };
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("external source " + name + ": " + wrong.getMessage(), wrong);
        }
    }

    private static ExternalSourceProvider provider(String scheme) {
        TreeSet<String> known = new TreeSet<>(List.of("grpc", "grpcs"));
        for (ExternalSourceProvider provider : ServiceLoader.load(ExternalSourceProvider.class)) {
            if (provider.scheme().equals(scheme)) {
                return provider;
            }
            known.add(provider.scheme());
        }
        throw new IllegalArgumentException("no provider on the class path opens " + scheme + "://; known are " + known);
    }
}
