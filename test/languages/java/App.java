import io.github.cdkencryptedami.AmiBlockDevice;
import io.github.cdkencryptedami.AmiSharing;
import io.github.cdkencryptedami.AmiVolume;
import io.github.cdkencryptedami.EbsVolumeOptions;
import io.github.cdkencryptedami.EncryptedAmiCopy;
import io.github.cdkencryptedami.IAmi;
import io.github.cdkencryptedami.InstanceAmi;
import io.github.cdkencryptedami.MultiKeyAmiBuilder;
import java.util.List;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Size;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.ec2.EbsDeviceVolumeType;
import software.amazon.awscdk.services.ec2.Instance;
import software.amazon.awscdk.services.ec2.InstanceClass;
import software.amazon.awscdk.services.ec2.InstanceSize;
import software.amazon.awscdk.services.ec2.InstanceType;
import software.amazon.awscdk.services.ec2.MachineImage;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.kms.Key;

/** The app of ../typescript/app.ts: its template must be the same, byte for byte. */
public final class App {
  private static Stack stack;
  private static Role launcher;

  public static void main(String[] args) {
    var app = new software.amazon.awscdk.App();
    stack = new Stack(app, "Images");
    var systemKey = Key.Builder.create(stack, "SystemKey").enableKeyRotation(true).removalPolicy(RemovalPolicy.DESTROY).build();
    var databaseKey = Key.Builder.create(stack, "DatabaseKey").enableKeyRotation(true).removalPolicy(RemovalPolicy.DESTROY).build();
    var vpc = Vpc.Builder.create(stack, "Vpc").maxAzs(1).natGateways(0).build();
    launcher = Role.Builder.create(stack, "Launcher").assumedBy(new AccountRootPrincipal()).build();

    var golden = EncryptedAmiCopy.Builder.create(stack, "Golden")
        .sourceImage(MachineImage.latestAmazonLinux2023())
        .encryptionKey(systemKey)
        .imageNamePrefix("golden/al2023")
        .timeout(Duration.minutes(30))
        .build();
    Tags.of(golden).add("team", "platform");

    var volume = EbsVolumeOptions.builder().encryptionKey(databaseKey).volumeType(EbsDeviceVolumeType.GP3).build();
    var database = MultiKeyAmiBuilder.Builder.create(stack, "Database")
        .sourceImage(golden)
        .blockDevices(List.of(AmiBlockDevice.builder().deviceName("/dev/sdf").volume(AmiVolume.ebs(Size.gibibytes(4), volume)).build()))
        .instanceTypes(List.of(InstanceType.of(InstanceClass.T3, InstanceSize.SMALL)))
        .vpc(vpc)
        .build();

    var server = Instance.Builder.create(stack, "Server")
        .vpc(vpc)
        .vpcSubnets(SubnetSelection.builder().subnetType(SubnetType.PUBLIC).build())
        .instanceType(new InstanceType("t3.micro"))
        .machineImage(database)
        .build();
    var snapshot = InstanceAmi.Builder.create(stack, "Snapshot")
        .instance(server)
        .contentVersion("1")
        .encryptionKey(databaseKey)
        .sourceEncryptionKeys(List.of(systemKey, databaseKey))
        .build();
    AmiSharing.Builder.create(stack, "Shared")
        .imageId(snapshot.getImageId())
        .accountIds(List.of("198765432109"))
        .encryptionKeys(List.of(databaseKey))
        .build();

    release(golden, "GoldenId");
    release(database, "DatabaseId");
    release(snapshot, "SnapshotId");
    CfnOutput.Builder.create(stack, "SystemKeyArn").value(systemKey.getKeyArn()).build();
    CfnOutput.Builder.create(stack, "DatabaseKeyArn").value(databaseKey.getKeyArn()).build();
    app.synth();
  }

  private static void release(IAmi ami, String name) {
    ami.shareWithAccounts("210987654321");
    ami.grantLaunch(launcher);
    CfnOutput.Builder.create(stack, name).value(ami.getImageId()).build();
  }
}
