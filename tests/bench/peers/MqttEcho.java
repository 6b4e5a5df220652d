// Netty's echo of MQTT: NIO, one thread, `MqttDecoder`, `MqttEncoder` and a handler. It prints its port.

import io.netty.bootstrap.ServerBootstrap;
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
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import java.io.IOException;
import java.net.InetSocketAddress;

public final class MqttEcho {
  /** The user's part: answer each message with one of its topic and content, flush once per read. */
  @ChannelHandler.Sharable
  static final class Echo extends ChannelInboundHandlerAdapter {
    @Override public void channelRead(ChannelHandlerContext ctx, Object message) {
      MqttPublishMessage published = (MqttPublishMessage) message;
      ctx.write(new MqttPublishMessage(published.fixedHeader(), published.variableHeader(), published.payload()), ctx.voidPromise());
    }
    @Override public void channelReadComplete(ChannelHandlerContext ctx) { ctx.flush(); }
    @Override public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (!(cause instanceof IOException)) cause.printStackTrace();  // the load goes without waiting for the last answers
      ctx.close();
    }
  }

  public static void main(String[] arguments) throws Exception {
    EventLoopGroup group = new NioEventLoopGroup(1);
    Echo echo = new Echo();
    Channel server = new ServerBootstrap().group(group, group).channel(NioServerSocketChannel.class)
        .option(ChannelOption.SO_BACKLOG, 1024)
        .childHandler(new ChannelInitializer<SocketChannel>() {
          @Override protected void initChannel(SocketChannel channel) {
            channel.pipeline().addLast(new MqttDecoder(), MqttEncoder.INSTANCE, echo);
          }
        })
        .bind("127.0.0.1", 0).sync().channel();
    System.out.println(((InetSocketAddress) server.localAddress()).getPort());
    server.closeFuture().sync();
  }
}
