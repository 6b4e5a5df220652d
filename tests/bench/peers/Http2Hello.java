// Netty's hello of HTTP/2, prior knowledge: NIO, one thread, `Http2FrameCodec`, `Http2MultiplexHandler` and a handler. It prints its port.

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

public final class Http2Hello {
  static final byte[] BODY = "Hello, World!".getBytes(StandardCharsets.US_ASCII);
  static final AsciiString TYPE = AsciiString.cached("text/plain");
  static final AsciiString LENGTH = AsciiString.cached(String.valueOf(BODY.length));

  /** The user's part: answer each request, flush once per read. */
  @ChannelHandler.Sharable
  static final class Hello extends ChannelInboundHandlerAdapter {
    @Override public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof Http2HeadersFrame && ((Http2HeadersFrame) message).isEndStream()) {
        Http2Headers headers = new DefaultHttp2Headers(false).status("200").set("content-type", TYPE).set("content-length", LENGTH);
        ctx.write(new DefaultHttp2HeadersFrame(headers), ctx.voidPromise());
        ctx.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(BODY), true));
      }
      ReferenceCountUtil.release(message);
    }
    @Override public void channelReadComplete(ChannelHandlerContext ctx) { ctx.flush(); }
    @Override public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) { cause.printStackTrace(); ctx.close(); }
  }

  public static void main(String[] arguments) throws Exception {
    EventLoopGroup group = new NioEventLoopGroup(1);
    Hello hello = new Hello();
    Channel server = new ServerBootstrap().group(group, group).channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 1024)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override protected void initChannel(SocketChannel channel) {
            channel.pipeline().addLast(Http2FrameCodecBuilder.forServer().build(), new Http2MultiplexHandler(hello));
          }
        })
        .bind("127.0.0.1", 0).sync().channel();
    System.out.println(((InetSocketAddress) server.localAddress()).getPort());
    server.closeFuture().sync();
  }
}
