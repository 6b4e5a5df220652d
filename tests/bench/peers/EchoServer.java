// Netty's echo server: NIO, the acceptor sharing the one worker thread. `EchoServer MODE`, one of those in `fill`.

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.DelimiterBasedFrameDecoder;
import io.netty.handler.codec.FixedLengthFrameDecoder;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.json.JsonObjectDecoder;
import io.netty.handler.codec.protobuf.ProtobufVarint32FrameDecoder;
import io.netty.handler.codec.protobuf.ProtobufVarint32LengthFieldPrepender;
import io.netty.util.Version;
import java.net.InetSocketAddress;

public final class EchoServer {
  static final int MAX_FRAME = 16 << 20;

  /** The user's part: answer each message with itself, flush once per read. */
  static class Echo extends ChannelInboundHandlerAdapter {
    @Override public void channelRead(ChannelHandlerContext ctx, Object message) { ctx.write(message); }
    @Override public void channelReadComplete(ChannelHandlerContext ctx) { ctx.flush(); }
    @Override public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) { cause.printStackTrace(); ctx.close(); }
  }

  static final class Farewell extends Echo {
    @Override public void channelRead(ChannelHandlerContext ctx, Object message) {
      ctx.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE);
    }
  }

  static void fill(ChannelPipeline pipeline, String mode) {
    switch (mode) {
      case "framed":
        pipeline.addLast(new LengthFieldBasedFrameDecoder(MAX_FRAME, 0, 4, 0, 4), new LengthFieldPrepender(4), new Echo());
        break;
      case "fixed16": pipeline.addLast(new FixedLengthFrameDecoder(16), new Echo()); break;
      case "fixed1k": pipeline.addLast(new FixedLengthFrameDecoder(1024), new Echo()); break;
      case "line": pipeline.addLast(new LineBasedFrameDecoder(MAX_FRAME, false, false), new Echo()); break;
      case "delimiter": pipeline.addLast(new DelimiterBasedFrameDecoder(MAX_FRAME, false, Unpooled.wrappedBuffer(new byte[] {'\n'})), new Echo()); break;
      case "varint": pipeline.addLast(new ProtobufVarint32FrameDecoder(), new ProtobufVarint32LengthFieldPrepender(), new Echo()); break;
      case "json": pipeline.addLast(new JsonObjectDecoder(MAX_FRAME), new Echo()); break;
      case "raw": pipeline.addLast(new Echo()); break;
      case "close": pipeline.addLast(new Farewell()); break;
      default: throw new IllegalArgumentException("mode " + mode + " is none of those above");
    }
  }

  public static void main(String[] arguments) throws Exception {
    String mode = arguments[0];
    EventLoopGroup group = new NioEventLoopGroup(1);
    Channel server = new ServerBootstrap().group(group, group).channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 1024)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override protected void initChannel(SocketChannel channel) { fill(channel.pipeline(), mode); }
        })
        .bind("127.0.0.1", 0).sync().channel();
    String netty = Version.identify().containsKey("netty-transport") ? Version.identify().get("netty-transport").artifactVersion() : "4";
    System.out.printf("SERVING %d Netty %s NIO, Java %s%n", ((InetSocketAddress) server.localAddress()).getPort(), netty, System.getProperty("java.version"));
    System.out.flush();
    while (System.in.read() >= 0) { }
    System.exit(0);
  }
}
