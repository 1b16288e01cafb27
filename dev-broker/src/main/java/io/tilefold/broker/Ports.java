package io.tilefold.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;

/** Chooses ports before Kafka binds them: Kafka cannot say which port it picked, and says "in use" with a page of stack trace. */
final class Ports {
    private Ports() {}

    /** The port itself if it is free, a free one for 0; closed again, so another process may still be faster. */
    static int claim(String host, int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port));
            return socket.getLocalPort();
        } catch (UnknownHostException e) {
            throw BrokerException.failure("host " + host + " is unknown; choose another with --host");
        } catch (IOException e) {
            throw BrokerException.failure("cannot listen on " + host + ":" + port + " (" + e.getMessage()
                    + "): is it in use? Choose another with --port, or --port 0 for a free one");
        }
    }
}
